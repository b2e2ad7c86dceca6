declare module 'node-bandwidth' {
  type Fields = Record<string, unknown>;
  type Created = Fields & { id: string };

  export default class Bandwidth {
    constructor(settings: { userId: string; apiToken: string; apiSecret: string; baseUrl: string });
    Conference: {
      create(fields: Fields, callback?: (error: Error | null, conference: Created) => void): Promise<Created>;
      get(id: string): Promise<Fields>;
      update(id: string, fields: Fields): Promise<unknown>;
    };
  }
}
