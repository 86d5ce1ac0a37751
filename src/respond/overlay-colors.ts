/** Dark rim around everything drawn over a picture; dark text on the colours of classes. */
export const rimColor = '#10151c';
/** What is to be rejected, and nothing else. */
export const alarmColor = '#ff3b3f';
/** Lines and zones at rest. */
export const lineColor = '#ffd166';
/** Lines and zones in the moment in which something crosses them. */
export const activeLineColor = '#ffffff';

// Light, saturated and apart from each other and from the alarm's red; dark text is readable on each.
const colors = [
  ...['#4cc9f0', '#ffd166', '#80ed99', '#c8b6ff', '#ff9f5a', '#5eead4'],
  ...['#f9a8d4', '#bef264', '#93c5fd', '#fde68a', '#a7f3d0', '#e9a6ff'],
];

/** Colour of a class, always the same. */
export function classColor(classId: number): string {
  return colors[classId % colors.length];
}
