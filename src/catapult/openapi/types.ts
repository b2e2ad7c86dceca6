import type { z } from 'zod';

/* What we use of OpenAPI 3.1, as types: https://spec.openapis.org/oas/v3.1.1. */

export type Schema = z.core.JSONSchema.BaseSchema;

export interface Example {
  summary?: string;
  value: unknown;
}

export interface Media {
  schema: Schema;
  examples?: Record<string, Example>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description: string;
  schema: Schema;
  style?: 'form';
  explode?: boolean;
}

export interface Header {
  description: string;
  required?: boolean;
  schema: Schema;
  example?: unknown;
}

export interface Answer {
  description: string;
  headers?: Record<string, Header>;
  content?: Record<string, Media>;
}

export interface Body {
  description?: string;
  required: boolean;
  content: Record<string, Media>;
}

export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: Body;
  /** By status, `4XX` for any other that begins so. */
  responses: Record<string, Answer | Reference>;
}

export interface Reference {
  $ref: string;
}

export type PathItem = Partial<Record<'get' | 'post' | 'delete', Operation>>;

export interface Description {
  openapi: '3.1.1';
  info: {
    title: string;
    version: string;
    summary: string;
    description: string;
    license: { name: string; identifier: string };
  };
  jsonSchemaDialect: string;
  servers: { url: string }[];
  security: Record<string, string[]>[];
  tags: { name: string; description: string }[];
  paths: Record<string, PathItem>;
  webhooks: Record<string, PathItem>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, Answer>;
    securitySchemes: Record<string, Record<string, string>>;
  };
}
