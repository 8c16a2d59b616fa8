export type FluentVariable = string | number | Date;
export class FluentResource {
  constructor(source: string);
}
export interface Pattern {}
export interface Message {
  id: string;
  value: Pattern | null;
  attributes: Record<string, Pattern>;
}
export class FluentBundle {
  constructor(locales: string | string[], options?: { useIsolating?: boolean });
  addResource(resource: FluentResource): Error[];
  hasMessage(id: string): boolean;
  getMessage(id: string): Message | undefined;
  formatPattern(pattern: Pattern, args?: Record<string, FluentVariable> | null, errors?: Error[] | null): string;
}
