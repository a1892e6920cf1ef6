/**
 * The mount points strictly below a folder, innermost and latest first: the order to unmount in.
 * @param text /proc/self/mounts (fstab(5): space, tab, newline and backslash are written as octal escapes)
 */
export function mountPointsBelow(text: string, dir: string): string[] {
  const points = text.split('\n').map((line) => unescaped(line.split(' ')[1] ?? ''));
  return points.filter((point) => point.startsWith(`${dir}/`)).toReversed();
}

function unescaped(word: string): string {
  return word.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
