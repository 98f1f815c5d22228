/** Answers the health room's questions about the store. */
import { Injectable } from '@nestjs/common';
import { type StoreState, StoreStatePort } from '../../health/index.js';
import { StoreStatus } from '../../storage/index.js';

@Injectable()
export class HostStoreState extends StoreStatePort {
  constructor(private readonly status: StoreStatus) {
    super();
  }

  override store(): StoreState {
    const { state, damages, resealLeft } = this.status;
    return { state, damaged: damages, resealLeft };
  }
}
