import type { Head } from '../../archive/head.ts';
import type { PlannedImage } from '../../archive/plan.ts';
import { mapLimit } from '../../base/concurrency.ts';
import { Failure, reasonOf } from '../../base/errors.ts';
import { RESOLVES_IN_FLIGHT } from '../../base/limits.ts';
import { ImageMap, type MapRule } from '../../foundation/image-map.ts';
import { plural } from '../../progress/format.ts';
import { parseReference, type Repository, showRepository } from '../../registry/reference.ts';
import type { Registries } from '../../registry/registry.ts';
import { placeImages } from '../../restore/images/placement.ts';
import type { PlaceCheck, TargetFacts } from '../../ui/wizard/port.ts';

/**
 * A line for each place of the source that a rule may speak of: those of rules that were given, and every registry
 * with images that no rule covers.
 *
 * @param suggest where the images of a registry would go, by the target's own configuration
 */
export function registriesOf(
  head: Head,
  given: readonly MapRule[],
  found: readonly MapRule[],
  suggest: (registry: string) => string,
): TargetFacts['places'] {
  const roots = rootsOf(head);
  const covered = new ImageMap([...given, ...found]);
  const open = roots.filter(image => covered.map(image.reference) === undefined);
  const hosts = [...new Set(open.map(hostOf))].sort();
  const froms = [...given, ...hosts.map(host => ({ from: `${host}/`, to: suggest(host) }))];
  const rules = [...froms, ...found];
  // What a bundle holds goes where the bundle goes.
  const held = Map.groupBy(head.plan.images, ({ partOf }) => partOf);
  const count = ({ bundle, digest }: PlannedImage) =>
    1 + (bundle === undefined ? 0 : (held.get(digest)?.length ?? 0));
  return froms.map(rule => ({
    what: 'registry',
    ...rule,
    uses: plural(
      roots.filter(image => ruleFor(image, rules) === rule).reduce((sum, image) => sum + count(image), 0),
      'image',
    ),
  }));
}

/** Tries one repository a registry, since rights are given by registry or project; and what stays, whether it is there. */
export async function checkPlaces(
  head: Head,
  froms: readonly string[],
  rules: readonly MapRule[],
  found: readonly MapRule[],
  registries: Registries,
): Promise<PlaceCheck[]> {
  const all = [...rules, ...found];
  const { placed, unmapped } = placeImages(head, new ImageMap(all), () => true);
  const tried = new Map<string, Promise<Failure | undefined>>();
  const writable = (repository: Repository) => {
    const known = tried.get(repository.registry) ?? tryWriting(registries, repository);
    tried.set(repository.registry, known);
    return known;
  };
  return mapLimit(froms, RESOLVES_IN_FLIGHT, async (from): Promise<PlaceCheck> => {
    if (!rules.some(rule => rule.from === from)) return left(from, unmapped, registries);
    const here = placed.find(({ image }) => ruleFor(image, all)?.from === from);
    if (here === undefined) return { what: 'registry', from, text: 'no image comes here', sort: 'noted' };
    const failure = await writable(here.target);
    const where = showRepository(here.target);
    if (failure === undefined)
      return { what: 'registry', from, text: `${where} can be written`, sort: 'right' };
    const [hint] = failure.hints;
    const text = `${where} cannot be written: ${reasonOf(failure)}`;
    return { what: 'registry', from, text, sort: 'wrong', ...(hint !== undefined && { hint }) };
  });
}

async function tryWriting(registries: Registries, repository: Repository): Promise<Failure | undefined> {
  try {
    await registries.checkWritable(repository);
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Images that stay where they are must be had from there. */
async function left(
  from: string,
  unmapped: readonly PlannedImage[],
  registries: Registries,
): Promise<PlaceCheck> {
  const images = unmapped.filter(image => `${hostOf(image)}/` === from);
  const gone = await mapLimit(images, RESOLVES_IN_FLIGHT, async ({ reference }) => {
    try {
      return (await registries.hasManifest(parseReference(reference))) === undefined;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return true;
    }
  });
  const missing = gone.filter(isGone => isGone).length;
  if (missing === 0) {
    const text =
      'left where they are: two foundations must not share their images, since deleting an app of one deletes those of the other';
    const hint = 'say where they go, or press Enter once more if the old foundation is gone';
    return { what: 'registry', from, text, sort: 'doubtful', hint };
  }
  const text = `${plural(missing, 'image')} cannot be had from there`;
  return {
    what: 'registry',
    from,
    text,
    sort: 'wrong',
    hint: "say where they go: the target's registry, as HOST/",
  };
}

function rootsOf({ plan }: Head): PlannedImage[] {
  return plan.images.filter(({ partOf, attachedTo }) => partOf === undefined && attachedTo === undefined);
}

function hostOf({ repository }: PlannedImage): string {
  return repository.split('/')[0] ?? '';
}

/** The rule that decides about an image: the longest that fits. */
function ruleFor({ repository }: PlannedImage, rules: readonly MapRule[]): MapRule | undefined {
  const fitting = rules.filter(rule => new ImageMap([{ ...rule, to: 'x/y' }]).mapRepository(repository));
  const longest = fitting.toSorted((a, b) => b.from.length - a.from.length)[0];
  return longest ?? rules.find(({ from }) => from === '*');
}
