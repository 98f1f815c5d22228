/** What its test needs of it. */
export default class OneRealmEnvironment {
  constructor(options: { readonly projectConfig: object });
  teardown(): Promise<void>;
}
