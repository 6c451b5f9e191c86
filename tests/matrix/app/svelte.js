// The view by way of annals/svelte.
import { defineProjection, openStore } from 'annals';
import { useLive } from 'annals/svelte';
import { toStore } from 'svelte/store';
import { page } from './page.js';

page({ defineProjection, openStore }, {
  follow: (view, told) => {
    const followed = useLive(view);
    toStore(() => followed.current).subscribe(told);
  },
});
