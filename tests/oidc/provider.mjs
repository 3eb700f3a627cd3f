// An OpenID provider on loopback, for tests/oidc.rs: the certified `oidc-provider`, with people who sign in by its
// own authorization code flow. Tells its addresses in one line on standard output, then takes orders, one JSON
// object a line, on standard input, and ends with it.
//
//   {"order": "sign_in", "login": "ada", "alg": "EdDSA"}   an access token, by the whole flow
//   {"order": "machine", "alg": "EdDSA"}                   one without a person (client credentials)
//   {"order": "rotate"}                                    new keys in the place of the old
//   {"order": "fetches"}                                   how often the keys were asked for

import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import Provider from 'oidc-provider';

// Who is in which groups, as the office's directory has it.
const PEOPLE = {
  ada: { name: 'Ada Editor', groups: ['onrecord-editors'] },
  ben: { name: 'Ben Publisher', groups: ['staff', 'onrecord-publishers'] },
  cat: { name: 'Cat Commissioner', groups: ['onrecord-commissioner'] },
  dan: { name: 'Dan of both', groups: ['onrecord-editors', 'onrecord-publishers'] },
  eve: { name: 'Eve of the Panel and the office', groups: ['onrecord-editors', 'onrecord-panel'] },
  fay: { name: 'Fay from elsewhere', groups: ['staff'] },
};
const AUDIENCE = 'https://onrecord.example.org';
const CALLBACK = 'https://client.example.org/callback';
const ALGORITHMS = ['EdDSA', 'RS256', 'ES256'];
const secret = (alg) => `the secret of ${alg}`;

let generation = 0;
function keys() {
  generation += 1;
  const make = (alg, kind, options) => ({
    ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }),
    alg, use: 'sig', kid: `${alg}-${generation}`,
  });
  return [
    make('EdDSA', 'ed25519'),
    make('RS256', 'rsa', { modulusLength: 2048 }),
    make('ES256', 'ec', { namedCurve: 'P-256' }),
  ];
}

function provider(issuer) {
  const made = new Provider(issuer, {
    jwks: { keys: keys() },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    // One client for each algorithm: whose tokens are signed how is the resource server's choice, by client.
    clients: ALGORITHMS.map((alg) => ({
      client_id: `client-${alg}`,
      client_secret: secret(alg),
      redirect_uris: [CALLBACK],
      grant_types: ['authorization_code', 'client_credentials'],
      response_types: ['code'],
    })),
    findAccount: (ctx, id) => PEOPLE[id] && { accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) },
    extraTokenClaims: (ctx, token) => PEOPLE[token.accountId] ?? { groups: ['onrecord-editors'] },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, indicator, client) => ({
          scope: 'record',
          audience: indicator,
          accessTokenTTL: 3600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: client.clientId.replace('client-', '') } },
        }),
        useGrantedResource: () => true,
      },
    },
  });
  return made.callback();
}

// ---- the flow, as a browser and a client would go through it ------------------------------------------------

async function signIn(issuer, { login, alg }) {
  const cookies = new Map();
  async function go(address, form) {
    const answer = await fetch(new URL(address, issuer), {
      method: form ? 'POST' : 'GET',
      body: form && new URLSearchParams(form),
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      redirect: 'manual',
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      cookies.set(name, value);
    }
    const next = answer.headers.get('location');
    if (!next) throw new Error(`${address} answered ${answer.status}: ${await answer.text()}`);
    return next;
  }

  const verifier = randomBytes(32).toString('base64url');
  let next = await go(`/auth?${new URLSearchParams({
    client_id: `client-${alg}`,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid record',
    resource: AUDIENCE,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })}`);
  // The provider asks who it is, then whether the client may.
  for (const form of [{ prompt: 'login', login, password: 'any' }, { prompt: 'consent' }]) {
    next = await go(next, form);
    next = await go(next);
  }
  const code = new URL(next).searchParams.get('code');
  if (!code) throw new Error(`no code in ${next}`);
  return token(issuer, alg, {
    grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier, resource: AUDIENCE,
  });
}

async function token(issuer, alg, form) {
  const basic = [`client-${alg}`, secret(alg)].map(encodeURIComponent).join(':');
  const answer = await fetch(new URL('/token', issuer), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
    body: new URLSearchParams(form),
  });
  const body = await answer.json();
  if (!body.access_token) throw new Error(JSON.stringify(body));
  return body.access_token;
}

const machine = (issuer, { alg }) => token(issuer, alg, {
  grant_type: 'client_credentials', scope: 'record', resource: AUDIENCE,
});

// ---- the door -------------------------------------------------------------------------------------------------

let current;
let fetches = 0;
// What it has to say of itself must not stand between the answers.
console.info = console.warn = console.log = console.error;
const server = createServer((request, response) => {
  if (request.url === '/jwks') fetches += 1;
  current(request, response);
});
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  current = provider(issuer);
  const orders = {
    sign_in: (order) => signIn(issuer, order),
    machine: (order) => machine(issuer, order),
    rotate: () => { current = provider(issuer); return generation; },
    fetches: () => fetches,
  };
  const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  say({ issuer, jwks_uri: `${issuer}/jwks`, audience: AUDIENCE });
  const lines = createInterface({ input: process.stdin });
  lines.on('line', async (line) => {
    const order = JSON.parse(line);
    try {
      say({ done: await orders[order.order](order) });
    } catch (error) {
      say({ failed: String(error.stack) });
    }
  });
  lines.on('close', () => process.exit(0));
});
