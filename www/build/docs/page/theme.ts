// Light or dark as the reader once chose; without a choice the system says. It runs before anything is shown, so that nothing flashes.
import { chosenTheme } from './choice.ts';

const theme = chosenTheme();
if (theme !== undefined) document.documentElement.dataset['theme'] = theme;
