import { gzipSync } from 'node:zlib';
import { writePlan } from '../../src/archive/plan-file.ts';
import { FORMAT_VERSION } from '../../src/archive/plan.ts';
import { archiveOf, entriesOf, json, PLACE, tarOf } from './landscape.ts';
import { BASE, changed, differential, layoutOf, left, planOf, whole, withLeftText } from './variants.ts';
import { bad, type Vector } from './vector.ts';

/** What is no archive, or one of a version or a base that it cannot have. */
export const OF_OTHER_KINDS: readonly (readonly [string, Vector])[] = [
  [
    'invalid-layer-of-base.tar',
    bad(archiveOf(differential), 'it stands where seal.json must be', 'a layer that was left to the base is here'),
  ],
  [
    'invalid-base-without-layers.tar',
    bad(
      withLeftText(text => text.replace(',"inBase":true', '')),
      'names a base, and leaves no layer to it',
      'a base to which nothing was left',
    ),
  ],
  [
    'invalid-layers-without-base.tar',
    bad(
      withLeftText(text => text.replace(BASE, '')),
      'leaves layers to a base, and names none',
      'a layer was left to nobody',
    ),
  ],
  [
    'invalid-base-in-version-1.tar',
    bad(
      tarOf(entriesOf({ ...left, plan: { ...left.plan, formatVersion: FORMAT_VERSION } }, Buffer.from(writePlan(left.plan).toString().replace('"formatVersion":2', '"formatVersion":1')))),
      'has a base, in a version that does not know that',
      'a base in an archive of the version that knows none',
    ),
  ],

  ['invalid-empty.tar', bad(Buffer.alloc(0), 'this is not a backup: it is empty', 'no bytes')],
  ['invalid-gzip.tar', bad(gzipSync(whole), 'compressed with gzip', 'the small archive, gzipped')],
  ['invalid-zip.tar', bad(Buffer.from('PK\x03\x04 and so on'), 'it is a zip file', 'the start of a zip')],
  [
    'invalid-other-tar.tar',
    bad(
      tarOf([{ name: 'etc/hosts', bytes: Buffer.from('127.0.0.1') }]),
      'starts with "etc/hosts"',
      'another tar',
    ),
  ],
  [
    'invalid-plain-oci-layout.tar',
    bad(
      changed(PLACE.layout, entry => ({ ...entry, bytes: json({ imageLayoutVersion: '1.0.0' }) })),
      'an OCI image layout without a backup in it',
      'oci-layout has no formatVersion',
    ),
  ],
  [
    'invalid-newer-layout.tar',
    bad(layoutOf(2), 'it states another version than the plan', 'oci-layout has a later version than the plan'),
  ],
  [
    'invalid-newer-plan.tar',
    bad(planOf(2), 'it states another version than the plan', 'the plan has a later version than oci-layout'),
  ],
  [
    'invalid-future-layout.tar',
    bad(layoutOf(99), 'format version 99, and this program reads up to', 'oci-layout has a version to come'),
  ],
  [
    'invalid-future-plan.tar',
    bad(planOf(99), 'format version 99, and this program reads up to', 'the plan has a version to come'),
  ],
];
