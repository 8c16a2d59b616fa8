export interface TemplateResult {
  strings: TemplateStringsArray;
  values: unknown[];
}
/** What may stand in a template where content is expected. */
export type Renderable = TemplateResult | typeof nothing | string | number | Renderable[] | unknown;
export interface PropertyDeclaration {
  type?: unknown;
  attribute?: boolean | string;
  state?: boolean;
  hasChanged?(value: any, old: any): boolean;
}
export class LitElement extends HTMLElement {
  static properties: Record<string, PropertyDeclaration>;
  readonly renderRoot: HTMLElement;
  readonly isConnected: boolean;
  readonly hasUpdated: boolean;
  readonly updateComplete: Promise<boolean>;
  connectedCallback(): void;
  disconnectedCallback(): void;
  protected createRenderRoot(): HTMLElement;
  protected update(changed: Map<string, unknown>): void;
  protected willUpdate(changed: Map<string, unknown>): void;
  protected firstUpdated(changed: Map<string, unknown>): void;
  protected updated(changed: Map<string, unknown>): void;
  protected render(): Renderable;
  requestUpdate(name?: string, old?: unknown): void;
}
export function html(strings: TemplateStringsArray, ...values: unknown[]): TemplateResult;
export const nothing: unique symbol;
export function classMap(classes: Record<string, unknown>): unknown;
export function guard(dependencies: unknown[], make: () => unknown): unknown;
export function ifDefined<T>(value: T): NonNullable<T> | typeof nothing;
export function live(value: unknown): unknown;
export function repeat<T>(
  items: Iterable<T>,
  key: (item: T, index: number) => unknown,
  template: (item: T, index: number) => unknown,
): unknown;
