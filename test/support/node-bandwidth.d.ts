declare module 'node-bandwidth' {
  type Fields = Record<string, unknown>;
  type Made<Wanted extends Fields = Fields> = Wanted & { id: string };

  /** A function of the library: answers by promise, and calls back if it is given a callback. */
  type Call<Given extends unknown[], Answer> = (
    ...given: [...Given, callback?: (error: Error | null, answer: Answer) => void]
  ) => Promise<Answer>;

  export interface Conferences {
    create: Call<[fields: Fields], Made>;
    get: Call<[id: string], Fields>;
    update: Call<[id: string, fields: Fields], void>;
    remove: Call<[id: string], void>;
    speakSentence: Call<[id: string, sentence: string], unknown>;
    stopSpeaking: Call<[id: string], unknown>;
    playAudioFile: Call<[id: string, fileUrl: string], unknown>;
    stopAudioFilePlayback: Call<[id: string], unknown>;
    playAudioAdvanced: Call<[id: string, audio: Fields], unknown>;
    getMembers: Call<[id: string], Made[]>;
    getMember: Call<[id: string, memberId: string], Made>;
    createMember: Call<[id: string, fields: Fields], Made>;
    updateMember: Call<[id: string, memberId: string, fields: Fields], void>;
    removeMember: Call<[id: string, memberId: string], void>;
    speakSentenceToMember: Call<[id: string, memberId: string, sentence: string], unknown>;
    playAudioFileToMember: Call<[id: string, memberId: string, fileUrl: string], unknown>;
    playAudioAdvancedToMember: Call<[id: string, memberId: string, audio: Fields], unknown>;
  }

  export interface Calls {
    create: Call<[fields: Fields], Made>;
    get: Call<[id: string], Fields>;
  }

  export default class Bandwidth {
    constructor(settings: { userId: string; apiToken: string; apiSecret: string; baseUrl: string });
    Conference: Conferences;
    Call: Calls;
  }
}
