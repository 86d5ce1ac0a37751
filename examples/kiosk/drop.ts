import { byId } from './dom.js';

/** What was dropped: the first file of a kind that the kiosk takes, and a sentence about the others. */
export interface Dropped {
  file?: File;
  kind?: 'model' | 'media';
  /** What became of files that were not taken; empty where there are none. */
  remark: string;
}

/** Takes files that are dropped anywhere on the page. The kiosk shows one thing at a time. */
export function takeDrops(take: (dropped: Dropped) => void): void {
  const hint = byId('drop', HTMLElement);
  const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
  document.addEventListener('dragover', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    hint.hidden = false;
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) hint.hidden = true;
  });
  document.addEventListener('drop', (event) => {
    hint.hidden = true;
    if (!holdsFiles(event)) return;
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) take(choose(files));
  });
}

function choose(files: readonly File[]): Dropped {
  const file = files.find((each) => kindOf(each) !== undefined);
  const others = files.filter((each) => each !== file);
  if (!file) return { remark: `${listed(others)}: neither a picture, a video nor an .onnx model.` };
  const remark = others.length === 0 ? '' : `One file at a time. Not taken: ${listed(others)}.`;
  return { file, kind: kindOf(file), remark };
}

function kindOf({ name, type }: File): Dropped['kind'] {
  if (name.toLowerCase().endsWith('.onnx')) return 'model';
  return /^(image|video)\//.test(type) ? 'media' : undefined;
}

// A folder's worth of names says no more than its first three.
function listed(files: readonly File[]): string {
  const names = files.slice(0, 3).map(({ name }) => name);
  const more = files.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}
