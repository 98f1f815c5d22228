/** Wires the state room into the application. */
import { Module, type DynamicModule } from '@nestjs/common';
import { StateKeeper } from './state-keeper.js';
import { StateOptions } from './state.options.js';

@Module({})
export class StateModule {
  /** Global. Needs the application's `Store` and `EventBus`. */
  static forRoot(options: StateOptions = new StateOptions()): DynamicModule {
    return {
      module: StateModule,
      global: true,
      providers: [StateKeeper, { provide: StateOptions, useValue: options }],
      exports: [StateKeeper],
    };
  }
}
