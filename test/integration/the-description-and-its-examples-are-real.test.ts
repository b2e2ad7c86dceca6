import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import { describeWire } from '../../src/catapult/openapi/description.ts';
import { errorExamples, eventExamples, routeExamples } from '../../src/catapult/openapi/examples.ts';
import { examplesOf } from '../support/examples-story.ts';
import { inHouse } from '../support/in-house.ts';

inHouse('another run asks and is answered what the examples of the description show', async (house) => {
  const { routes, errors, events } = await examplesOf(house);
  expect(routes).toEqual(routeExamples);
  expect(errors).toEqual(errorExamples);
  expect(events).toEqual(eventExamples);
});

inHouse(
  'the gateway serves the description, and a page of it that loads and runs nothing',
  async (house) => {
    const described = await fetch(`${house.url}/openapi.json`);
    expect(described.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await described.json()).toEqual(JSON.parse(JSON.stringify(describeWire('/'))));

    const answer = await fetch(`${house.url}/docs`);
    const page = await answer.text();
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(page) ?? [];
    const digest = createHash('sha256').update(style).digest('base64');
    expect(answer.headers.get('content-security-policy')).toContain(
      `default-src 'none'; style-src 'sha256-${digest}';`,
    );
    expect(page).not.toMatch(/<(script|link|img|iframe|object|form)\b|\bstyle=|\bon\w+=|url\(|@import/i);
    for (const [, target = ''] of page.matchAll(/href="([^"]*)"/g)) {
      if (target === '/openapi.json') continue;
      expect(page).toContain(`id="${target.replace(/^#/, '')}"`);
    }
    expect([...page.matchAll(/<h3 id=/g)].length).toBeGreaterThan(30);
    expect(Buffer.byteLength(page)).toBeLessThan(280_000);
  },
  { worker: false },
);
