import { SHOP_STORY } from './shop.ts';
import type { Story } from './story.ts';
import type { StoryName } from './story-names.ts';
import { WALKTHROUGH } from './walkthrough.ts';

/** Every story that the lab knows. */
export const STORIES: Readonly<Record<StoryName, Story>> = { walkthrough: WALKTHROUGH, shop: SHOP_STORY };
