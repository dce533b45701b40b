import { isDeepEqual } from './deep-equal.ts';
import type { FieldError } from './kind.ts';

/** The schema of a custom resource's version, as far as it is obeyed: shapes, defaults and simple bounds. */
export interface StructuralSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: boolean | StructuralSchema;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

/** Fields of every object, which no schema of a version needs to name. */
const COMMON_FIELDS: readonly string[] = ['apiVersion', 'kind', 'metadata'];

/** The object without the fields that its schema does not have, and with the schema's defaults. */
export function readStructural(
  schema: StructuralSchema,
  object: Readonly<Record<string, unknown>>,
): { readonly value: Record<string, unknown>; readonly unknownFields: readonly string[] } {
  const unknownFields: string[] = [];
  const common = Object.fromEntries(Object.entries(object).filter(([name]) => COMMON_FIELDS.includes(name)));
  const own = Object.fromEntries(Object.entries(object).filter(([name]) => !COMMON_FIELDS.includes(name)));
  const read = readValue(schema, own, '', unknownFields) as Record<string, unknown>;
  return { value: { ...common, ...read }, unknownFields };
}

function readValue(schema: StructuralSchema, value: unknown, path: string, unknownFields: string[]): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    return value.map((item, index) => readValue(items, item, `${path}[${index}]`, unknownFields));
  }
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value)) {
    const childPath = path === '' ? name : `${path}.${name}`;
    const childSchema = schemaOfField(schema, name);
    if (childSchema === undefined) unknownFields.push(childPath);
    // Null stands for the default where the schema does not take null.
    else if (child === null && childSchema.nullable !== true && childSchema.default !== undefined) continue;
    else result[name] = readValue(childSchema, child, childPath, unknownFields);
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (result[name] === undefined && property.default !== undefined) result[name] = structuredClone(property.default);
  }
  return result;
}

function schemaOfField(schema: StructuralSchema, name: string): StructuralSchema | undefined {
  const property = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
  if (property !== undefined) return property;
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties;
  const isOpen = schema.additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  return isOpen ? { 'x-kubernetes-preserve-unknown-fields': true } : undefined;
}

/** What is wrong with an object by its schema, in upstream's words. */
export function structuralErrors(
  schema: StructuralSchema,
  object: Readonly<Record<string, unknown>>,
): readonly FieldError[] {
  const own = Object.fromEntries(Object.entries(object).filter(([name]) => !COMMON_FIELDS.includes(name)));
  return valueErrors(schema, own, '');
}

function valueErrors(schema: StructuralSchema, value: unknown, path: string): readonly FieldError[] {
  if (value === undefined || (value === null && schema.nullable === true)) return [];
  const found = typeOf(value);
  if (!isOfType(schema, value)) {
    const message = `Invalid value: ${JSON.stringify(found)}: ${path} in body must be of type ${schema.type}: ${JSON.stringify(found)}`;
    return [{ reason: 'FieldValueTypeInvalid', field: path, message }];
  }
  const errors = [...boundErrors(schema, value, path)];
  if (Array.isArray(value) && schema.items !== undefined) {
    const { items } = schema;
    errors.push(...value.flatMap((item, index) => valueErrors(items, item, `${path}[${index}]`)));
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    errors.push(...fieldErrors(schema, value as Readonly<Record<string, unknown>>, path));
  }
  return errors;
}

function fieldErrors(
  schema: StructuralSchema,
  value: Readonly<Record<string, unknown>>,
  path: string,
): readonly FieldError[] {
  const pathOf = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const missing = (schema.required ?? []).filter((name) => value[name] === undefined);
  return [
    ...missing.map((name) => ({
      reason: 'FieldValueRequired' as const,
      field: pathOf(name),
      message: 'Required value',
    })),
    ...Object.entries(value).flatMap(([name, child]) =>
      valueErrors(schemaOfField(schema, name) ?? {}, child, pathOf(name)),
    ),
  ];
}

function boundErrors(schema: StructuralSchema, value: unknown, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (schema.enum !== undefined && !schema.enum.some((allowed) => isDeepEqual(allowed, value))) {
    const supported = schema.enum.map((allowed) => JSON.stringify(allowed)).join(', ');
    errors.push({
      reason: 'FieldValueNotSupported',
      field: path,
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`,
    });
  }
  if (typeof value !== 'number') return errors;
  if (schema.minimum !== undefined && value < schema.minimum) {
    errors.push(outOfBounds(path, value, `greater than or equal to ${schema.minimum}`));
  }
  if (schema.maximum !== undefined && value > schema.maximum) {
    errors.push(outOfBounds(path, value, `less than or equal to ${schema.maximum}`));
  }
  return errors;
}

function outOfBounds(path: string, value: number, rule: string): FieldError {
  return {
    reason: 'FieldValueInvalid',
    field: path,
    message: `Invalid value: ${value}: ${path} in body should be ${rule}`,
  };
}

function isOfType(schema: StructuralSchema, value: unknown): boolean {
  const found = typeOf(value);
  if (schema['x-kubernetes-int-or-string'] === true) return found === 'integer' || found === 'string';
  return schema.type === undefined || schema.type === found || (schema.type === 'number' && found === 'integer');
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
