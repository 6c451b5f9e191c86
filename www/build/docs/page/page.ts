// What a page does beside being read. Without this script everything is there but the search, the switch and the copying.
import { offerCopies } from './copies.ts';
import { openContents } from './contents.ts';
import { reachByKeyboard } from './overflow.ts';
import { offerSearch } from './search.ts';
import { offerThemes } from './themes.ts';

offerThemes();
offerSearch();
offerCopies();
openContents();
reachByKeyboard();
