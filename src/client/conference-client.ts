import { parseRequest } from '../catapult/parse.ts';
import {
  addMemberRequest,
  audioRequest,
  callRequest,
  createConferenceRequest,
  updateConferenceRequest,
  updateMemberRequest,
  type AddMemberFields,
  type AudioFields,
  type CallFields,
  type CreateConferenceFields,
  type UpdateConferenceFields,
  type UpdateMemberFields,
} from '../catapult/requests.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { ChangeResult } from './changes.ts';
import { Conferences, type MemberIds } from './conferences.ts';
import type { CreateResult, CreationAsked } from './creation.ts';

/**
 * Conferences for a backend service that has a connection to Temporal: what it asks for is checked as the API checks it.
 * Whatever takes fields throws a CatapultError 400 that names those that are wrong.
 */
export class ConferenceClient extends Conferences {
  override async create(userId: string, fields: CreateConferenceFields, asked?: CreationAsked): Promise<CreateResult> {
    return await super.create(userId, parseRequest(createConferenceRequest, fields), asked);
  }

  override async update(ids: ConferenceIds, fields: UpdateConferenceFields, key?: string) {
    return await super.update(ids, parseRequest(updateConferenceRequest, fields), key);
  }

  override async updateMember(ids: MemberIds, fields: UpdateMemberFields, key?: string) {
    return await super.updateMember(ids, parseRequest(updateMemberRequest, fields), key);
  }

  override async addMember(ids: ConferenceIds, fields: AddMemberFields, key?: string) {
    return await super.addMember(ids, parseRequest(addMemberRequest, fields), key);
  }

  override async playAudio(ids: ConferenceIds & Partial<MemberIds>, fields: AudioFields, key?: string) {
    return await super.playAudio(ids, parseRequest(audioRequest, fields), key);
  }

  override async dial(userId: string, fields: CallFields, key?: string): Promise<ChangeResult | undefined> {
    return await super.dial(userId, parseRequest(callRequest, fields), key);
  }
}
