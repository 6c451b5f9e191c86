// The hooks, beside the types of the frameworks that they are for.
import type { View } from 'annals';
import * as react from 'annals/react';
import * as svelte from 'annals/svelte';
import * as vue from 'annals/vue';

type Row = { readonly total: number };

export function totals(view: View<Row>): readonly (number | undefined)[] {
  const rows: readonly Row[] = react.useLive(view, { where: { total: { gte: 1 } }, orderBy: 'total' });
  const row: Row | undefined = react.useRow(view, 'a');
  return [rows[0]?.total, row?.total, svelte.useLive(view).current[0]?.total, vue.useRow(view, () => 'a').value?.total];
}
