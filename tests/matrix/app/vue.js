// The view by way of annals/vue.
import { defineProjection, openStore } from 'annals';
import { useLive } from 'annals/vue';
import { watch } from 'vue';
import { page } from './page.js';

page({ defineProjection, openStore }, { follow: (view, told) => watch(useLive(view), told, { immediate: true, flush: 'sync' }) });
