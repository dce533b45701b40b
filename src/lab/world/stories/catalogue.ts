import { PROMETHEUS_STORY } from './prometheus.ts';
import { REAL_SHOP_STORY, SHOP_STORY } from './shop.ts';
import type { Story } from './story.ts';
import type { StoryName } from './story-names.ts';
import { WALKTHROUGH } from './walkthrough.ts';

/** Every story that the lab knows, over the plant. */
export const STORIES: Readonly<Record<StoryName, Story>> = {
  walkthrough: WALKTHROUGH,
  shop: SHOP_STORY,
  prometheus: PROMETHEUS_STORY,
};

/** The same on pods that are processes of this machine, as large as one of two cores can carry. */
export const REAL_STORIES: Readonly<Record<StoryName, Story>> = {
  walkthrough: WALKTHROUGH,
  shop: REAL_SHOP_STORY,
  prometheus: PROMETHEUS_STORY,
};
