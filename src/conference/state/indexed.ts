/** What stands in Temporal's index for texts that are sealed. Only whoever has a key can make it, so it comes with each of them. */
export interface IndexedTexts {
  tag?: string | undefined;
}
