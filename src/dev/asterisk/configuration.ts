import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where an Asterisk of ours keeps its things, and where it listens: on loopback only. */
export interface AsteriskPlace {
  folder: string;
  /** What asterisk.conf must say of where the program lies. */
  directories: Record<string, string>;
  ariPort: number;
  ariPassword: string;
  sipPort: number;
}

export const ARI_USER = 'convoke';

/** All that a conference needs of Asterisk's modules; loaded one by one it starts in a third of the time. */
const MODULES = [
  ...['res_sorcery_config', 'res_sorcery_memory', 'res_sorcery_astdb', 'res_timing_timerfd', 'pbx_config'],
  ...['res_pjproject', 'res_pjsip', 'res_pjsip_pubsub', 'res_pjsip_session', 'res_pjsip_sdp_rtp', 'res_rtp_asterisk'],
  ...['res_pjsip_endpoint_identifier_ip', 'res_pjsip_dtmf_info', 'res_pjsip_caller_id', 'res_pjsip_rfc3326'],
  ...['res_pjsip_header_funcs', 'chan_pjsip', 'chan_bridge_media', 'bridge_simple', 'bridge_softmix', 'bridge_holding'],
  ...['res_http_websocket', 'res_websocket_client', 'res_stasis', 'res_stasis_answer', 'res_stasis_playback'],
  ...['res_stasis_recording', 'res_stasis_snoop', 'res_stasis_device_state', 'app_stasis'],
  ...['res_ari_model', 'res_ari', 'res_ari_applications', 'res_ari_asterisk', 'res_ari_bridges', 'res_ari_channels'],
  ...['res_ari_events', 'res_ari_playbacks', 'res_ari_recordings', 'codec_ulaw', 'codec_alaw', 'codec_resample'],
  ...['format_wav', 'format_sln', 'func_channel', 'func_callerid', 'func_volume'],
];

/** Writes the configuration; answers the file that names the others. */
export function writeConfiguration(place: AsteriskPlace): string {
  const etc = join(place.folder, 'etc');
  const folders = ['etc', 'run', 'log', 'db', 'lib', 'cache', 'spool/recording', 'spool/outgoing'];
  for (const name of folders) mkdirSync(join(place.folder, name), { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(filesOf(place))) writeFileSync(join(etc, name), text, { mode: 0o600 });
  return join(etc, 'asterisk.conf');
}

function filesOf({ folder, directories, ariPort, ariPassword, sipPort }: AsteriskPlace): Record<string, string> {
  const at = (name: string) => join(folder, name);
  const own = {
    ...{ astetcdir: at('etc'), astrundir: at('run'), astlogdir: at('log'), astdbdir: at('db'), astkeydir: at('lib') },
    ...{ astvarlibdir: at('lib'), astagidir: at('lib'), astcachedir: at('cache'), astspooldir: at('spool') },
  };
  // What it looks for and may be empty.
  const empty = ['sorcery', 'pjproject', 'features', 'cdr', 'cel', 'indications', 'acl', 'ccss', 'udptl'];
  return {
    ...Object.fromEntries(empty.map((name) => [`${name}.conf`, ''])),
    'asterisk.conf':
      section('directories', { ...directories, ...own }, ' => ') + section('options', { nocolor: 'yes' }),
    'modules.conf': `${section('modules', { autoload: 'no' })}${MODULES.map((name) => `load = ${name}.so\n`).join('')}`,
    'logger.conf': section('general', {}) + section('logfiles', { 'messages.log': 'notice,warning,error' }, ' => '),
    'http.conf': section('general', { enabled: 'yes', bindaddr: '127.0.0.1', bindport: ariPort, sessionlimit: 1_000 }),
    'ari.conf':
      section('general', { enabled: 'yes', websocket_write_timeout: 1_000 }) +
      section(ARI_USER, { type: 'user', read_only: 'no', password: ariPassword }),
    'pjsip.conf': telephones(sipPort),
    'rtp.conf': section('general', { rtpstart: 16_384, rtpend: 32_767 }),
    'extensions.conf': '[from-telephones]\nexten => _[+0-9].,1,Stasis(convoke,inbound)\n same => n,Hangup()\n',
  };
}

/** Whatever calls on loopback may call in; numbers are dialled at the port after Asterisk's own. */
function telephones(sipPort: number): string {
  const endpoint = {
    ...{ type: 'endpoint', context: 'from-telephones', aors: 'trunk', disallow: 'all', allow: 'ulaw,alaw' },
    ...{ direct_media: 'no', dtmf_mode: 'auto', trust_id_outbound: 'yes' },
    // Otherwise audio is taken at every address of this machine.
    ...{ media_address: '127.0.0.1', bind_rtp_to_media_address: 'yes' },
    // Who has vanished without a word is missed by what no longer comes.
    ...{ rtp_timeout: 30, timers: 'yes', timers_sess_expires: 90 },
  };
  return [
    section('loopback', { type: 'transport', protocol: 'udp', bind: `127.0.0.1:${sipPort}` }),
    section('trunk', endpoint),
    section('trunk', { type: 'aor', contact: `sip:127.0.0.1:${sipPort + 1}` }),
    section('trunk', { type: 'identify', endpoint: 'trunk', match: '127.0.0.1' }),
  ].join('');
}

function section(name: string, entries: Record<string, string | number>, sign = ' = '): string {
  const lines = Object.entries(entries).map(([key, value]) => `${key}${sign}${value}\n`);
  return `[${name}]\n${lines.join('')}`;
}
