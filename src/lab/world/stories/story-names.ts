/** The stories that the lab knows, as people name them. Light to import: the stories themselves hold recorded data. */
export const STORY_NAMES = ['walkthrough', 'shop', 'prometheus'] as const;

/** Those that are played together when nobody says which. */
export const COMMON_STORY_NAMES: readonly StoryName[] = ['walkthrough', 'shop'];

export type StoryName = (typeof STORY_NAMES)[number];
