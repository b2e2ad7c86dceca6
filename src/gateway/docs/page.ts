import type {
  Answer,
  Body,
  Description,
  Media,
  Operation,
  Parameter,
  PathItem,
  Reference,
} from '../../catapult/openapi/types.ts';
import { escaped, inline, json, prose } from './html.ts';
import { field, fields, nameIn, typeOf } from './schema.ts';
import { STYLE } from './style.ts';

/*
 * The description of the wire as a page: made here whole, so that it needs no script and loads nothing.
 */

type Entry = [place: string, method: string, operation: Operation];

/** The page at `/docs`. */
export function docsPage(description: Description): string {
  const { info, tags, components } = description;
  const asked = entriesOf(description.paths);
  const callbacks = entriesOf(description.webhooks).filter(([, method]) => method === 'post');
  const all = [...asked, ...callbacks];
  const ofTag = (name: string) =>
    all.filter(
      ([
        ,
        ,
        {
          tags: [tag],
        },
      ]) => tag === name,
    );
  const groups = tags.map(({ name, description: about }) => {
    const sections = ofTag(name).map((entry) => section(entry));
    return `<section><h2 id="${name}">${name}</h2><p>${inline(about)}.</p>${sections.join('\n')}</section>`;
  });
  const shared = Object.entries(components.responses).map(([name, answer]) => answerItem(name, answer, name));
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `<section><h3 id="${name}">${name}</h3><p>${typeOf(schema)}</p>${fields(schema)}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(info.title)} API ${escaped(info.version)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">To the description</a>
<nav aria-label="Contents">
${tags.map(({ name }) => contents(name, ofTag(name))).join('\n')}
<h2><a href="#answers">Shared answers</a></h2>
<h2><a href="#schemas">Schemas</a></h2>
</nav>
<main id="main" tabindex="-1">
<h1>${escaped(info.title)} API ${escaped(info.version)}</h1>
${prose(info.description)}
<p>For programs, this page is <a href="/openapi.json">openapi.json</a> (OpenAPI ${description.openapi}).</p>
${groups.join('\n')}
<section><h2 id="answers">Shared answers</h2><p>What most requests may be answered.</p><dl>${shared.join('\n')}</dl></section>
<section><h2 id="schemas">Schemas</h2>${schemas.join('\n')}</section>
</main>
</body>
</html>
`;
}

function entriesOf(items: Record<string, PathItem>): Entry[] {
  return Object.entries(items).flatMap(([place, item]) =>
    Object.entries(item).map(([method, operation]): Entry => [place, method, operation]),
  );
}

function contents(tag: string, entries: Entry[]): string {
  const links = entries.map(([place, , { operationId, summary }]) => {
    const isShared = entries.filter(([, , other]) => other.summary === summary).length > 1;
    const where = isShared ? ` (${escaped(place.replace(/^.*(?=\/)/, ''))})` : '';
    return `<li><a href="#${operationId}">${inline(summary)}${where}</a></li>`;
  });
  return `<h2><a href="#${tag}">${tag}</a></h2><ul>${links.join('')}</ul>`;
}

function section([place, method, operation]: Entry): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  const where = place.startsWith('/')
    ? `<p class="path"><b>${method.toUpperCase()}</b> <code>${escaped(place)}</code></p>`
    : '';
  return `<section><h3 id="${operationId}">${inline(summary)}</h3>
${where}${description === undefined ? '' : prose(description)}
${list('Parameters', parameters.map(parameter))}
${requestBody === undefined ? '' : body(requestBody)}
${list(
  'Answers',
  Object.entries(responses).map(([status, answer]) => answerItem(status, answer)),
)}
</section>`;
}

function list(heading: string, items: string[]): string {
  return items.length === 0 ? '' : `<h4>${heading}</h4><dl>${items.join('\n')}</dl>`;
}

function parameter({ name, in: where, required = false, description, schema }: Parameter): string {
  return field(name, schema, required, `In the ${where}. ${description}`);
}

function body({ required, content }: Body): string {
  const media = Object.values(content).map(mediaOf);
  return `<h4>Body</h4><p>${required ? 'Required.' : 'May be left out.'}</p>${media.join('')}`;
}

function mediaOf({ schema, examples = {} }: Media): string {
  const shown = Object.entries(examples).map(
    ([name, { value }]) =>
      `<details><summary>Example${name === 'real' ? '' : `: <code>${escaped(name)}</code>`}</summary>${json(value)}</details>`,
  );
  return `<p>${typeOf(schema)}${schema.description === undefined ? '' : `. ${inline(schema.description)}`}</p>${shown.join('')}`;
}

function answerItem(status: string, answer: Answer | Reference, id?: string): string {
  const name = escaped(status.replace(/^Status/, ''));
  if ('$ref' in answer) {
    const target = escaped(nameIn(answer.$ref));
    return `<dt><a href="#${target}"><code>${name}</code></a></dt><dd></dd>`;
  }
  const headers = Object.entries(answer.headers ?? {}).map(([header, { description, schema, required = false }]) =>
    field(header, schema, required, description),
  );
  const media = Object.values(answer.content ?? {}).map(mediaOf);
  return `<dt${id === undefined ? '' : ` id="${id}"`}><code>${name}</code></dt><dd>${prose(answer.description)}${
    headers.length === 0 ? '' : `<dl>${headers.join('')}</dl>`
  }${media.join('')}</dd>`;
}
