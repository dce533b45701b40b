import type { Column, Kind } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { AGE_COLUMN, column, NAME_COLUMN, wideColumn } from './columns.ts';
import { listAt, recordAt, textAt } from './field-path.ts';

const GROUP = 'rbac.authorization.k8s.io';

const CREATED_COLUMN: Column = {
  name: 'Created At',
  type: 'date',
  description: 'When the object was created.',
  cell: (object) => object.metadata.creationTimestamp ?? null,
};

/** Roles, ClusterRoles and their bindings: the server decides by them what a ServiceAccount may do. */
export const RBAC_KINDS: readonly Kind[] = [
  rbacKind('Role', 'roles', true, [NAME_COLUMN, CREATED_COLUMN]),
  rbacKind('ClusterRole', 'clusterroles', false, [NAME_COLUMN, CREATED_COLUMN]),
  rbacKind('RoleBinding', 'rolebindings', true, bindingColumns()),
  rbacKind('ClusterRoleBinding', 'clusterrolebindings', false, bindingColumns()),
];

function rbacKind(kind: string, plural: string, isNamespaced: boolean, columns: readonly Column[]): Kind {
  const isBinding = kind.endsWith('Binding');
  return {
    group: GROUP,
    kind,
    plural,
    singular: kind.toLowerCase(),
    isNamespaced,
    nameRule: 'path',
    storedVersion: 'v1',
    bumpsGeneration: null,
    versions: [{ name: 'v1', schema: `rbac.v1.${kind}`, columns }],
    ...(isBinding ? { setDefaults: defaultBinding } : {}),
  };
}

function defaultBinding(object: ApiObject): ApiObject {
  const subjects = listAt(object, 'subjects').map((subject) => {
    const isAccount = textAt(subject, 'kind') === 'ServiceAccount';
    return isAccount ? { ...(subject as object) } : { apiGroup: GROUP, ...(subject as object) };
  });
  return {
    ...object,
    roleRef: { apiGroup: GROUP, ...recordAt(object, 'roleRef') },
    ...(subjects.length === 0 ? {} : { subjects }),
  };
}

function bindingColumns(): readonly Column[] {
  return [
    NAME_COLUMN,
    column(
      'Role',
      'The role that it grants.',
      (object) => `${textAt(object, 'roleRef', 'kind')}/${textAt(object, 'roleRef', 'name')}`,
    ),
    AGE_COLUMN,
    wideColumn('Users', 'Users that it is granted to.', (object) => subjectsText(object, 'User')),
    wideColumn('Groups', 'Groups that it is granted to.', (object) => subjectsText(object, 'Group')),
    wideColumn('ServiceAccounts', 'ServiceAccounts that it is granted to.', (object) =>
      subjectsText(object, 'ServiceAccount'),
    ),
  ];
}

function subjectsText(object: ApiObject, kind: string): string {
  return listAt(object, 'subjects')
    .filter((subject) => textAt(subject, 'kind') === kind)
    .map((subject) =>
      kind === 'ServiceAccount'
        ? `${textAt(subject, 'namespace')}/${textAt(subject, 'name')}`
        : textAt(subject, 'name'),
    )
    .join(', ');
}
