/** The stories that the lab knows, as people name them. Light to import: the stories themselves hold recorded data. */
export const STORY_NAMES = ['walkthrough', 'shop'] as const;

export type StoryName = (typeof STORY_NAMES)[number];
