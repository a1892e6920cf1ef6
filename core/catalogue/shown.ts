/** What somebody wrote, in quotes and not too long. */
export const shown = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
