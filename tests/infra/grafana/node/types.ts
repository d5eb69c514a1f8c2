// The types of Grafana that our dashboards are held against, as they look in JSON. What is generated beside this file
// gives each dashboard, and what its panels hold, the type of its name.
import type { GraphFieldConfig, TableCellOptions, TableFieldOptions } from '@grafana/schema';
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as TableOptions } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type { Options as SeriesOptions } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import type {
  AnnotationQuery,
  Dashboard,
  FieldColor,
  ThresholdsConfig,
  ValueMapping,
} from '@grafana/schema/dist/esm/raw/dashboard/x/Dashboard_types.gen';

// In JSON a value of an enum of words is the word.
type Plain<T> = T extends string
  ? `${T}`
  : T extends readonly (infer U)[]
    ? Plain<U>[]
    : T extends object
      ? { [K in keyof T]: Plain<T[K]> }
      : T;

// A query as the ClickHouse data source keeps it. Grafana's type of an annotation knows only queries of Grafana itself.
type Query = {
  refId: string;
  datasource: { type: string; uid: string };
  editorType: 'sql';
  format: 0 | 1;
  queryType: 'table' | 'timeseries';
  pluginVersion: string;
  rawSql: string;
};
type Annotation = Omit<Plain<AnnotationQuery>, 'target'> & { target: Query };

export type Board = Omit<Plain<Dashboard>, 'annotations'> & { annotations: { list: Annotation[] } };
export type Options = {
  stat: Partial<Plain<StatOptions>>;
  table: Plain<Omit<TableOptions, 'frameIndex'>>;
  timeseries: Omit<Plain<SeriesOptions>, 'timezone' | 'annotations'> & { tooltip: { hideZeros?: boolean } };
  flamegraph: Record<string, never>;
};
export type Custom = {
  stat: undefined;
  table: Partial<Plain<TableFieldOptions>>;
  timeseries: Plain<GraphFieldConfig>;
  flamegraph: undefined;
};
export type Properties = {
  displayName: string;
  unit: string;
  decimals: number;
  min: number;
  thresholds: Plain<ThresholdsConfig>;
  mappings: Plain<ValueMapping>[];
  color: Plain<FieldColor>;
  links: { title: string; url: string; targetBlank: boolean }[];
  'custom.cellOptions': Plain<TableCellOptions> | { type: 'auto'; wrapText: boolean }; // where 11.6 looks
  'custom.wrapText': boolean;
  'custom.width': number;
  'custom.minWidth': number;
};
