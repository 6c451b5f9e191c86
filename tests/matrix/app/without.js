// The same page without annals: what that adds is the difference.
import { page } from './page.js';

page({});
