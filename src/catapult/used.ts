import type { CreateConferenceRequest } from './requests.ts';

/** What of a request an account may not always use: where events go, and the numbers that are called from. */
export type Used = Partial<Pick<CreateConferenceRequest, 'callbackUrl' | 'fallbackUrl' | 'from' | 'participants'>>;

/** Refuses what an account may not use. @throws CatapultError 400 that names the field. */
export type RefuseUses = (userId: string, used: Used) => void;
