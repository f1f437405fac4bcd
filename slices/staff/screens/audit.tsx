import { Select } from '@mantine/core';
import { Ago, Empty, Listed, Go, PageHead, Rows, useCan, useList, usePlace, useWords, Wait } from '@ruslo/ui';
import type { Audit, Member } from './model.ts';
import classes from './staff.module.css';

const actions = [
  'customer.viewed', 'customer.searched', 'customer.changed', 'customer.merged', 'customer.unmerged', 'suggestion.dismissed', 'event.viewed',
  'attribute.declared', 'attribute.changed', 'attribute.removed', 'identifier.blocked', 'identifier.unblocked',
  'source.created', 'source.changed', 'source.key-rotated', 'source.deleted',
  'session.started', 'session.refused', 'session.ended', 'password.changed', 'totp.set', 'totp.removed',
  'staff.invited', 'staff.changed', 'staff.link-issued', 'key.created', 'key.revoked',
] as const; // prettier-ignore

/** Who saw and changed whom, and when. */
export default function AuditLog(): React.JSX.Element {
  const { say, has } = useWords();
  const can = useCan();
  const { search, setSearch } = usePlace();
  const query = { staffId: search['staffId'], action: search['action'], customerId: search['customerId'] };
  const list = useList<Audit>('/v1/audit', query, { keep: true });
  const staff = useList<Member>('/v1/staff', {}, { enabled: can('staff.manage'), limit: 200 });
  const actionText = (action: string): string =>
    has(`screen.staff.action.${action}`) ? say(`screen.staff.action.${action}`) : action;
  return (
    <>
      <PageHead title={say('screen.staff.audit.title')} about={say('screen.staff.audit.about')} />
      <div className={classes.tools}>
        {can('staff.manage') && (
          <Select
            size="xs"
            placeholder={say('screen.staff.audit.anybody')}
            aria-label={say('screen.staff.audit.who')}
            data={staff.items.map((member) => ({ value: member.id, label: member.name }))}
            value={search['staffId'] ?? null}
            onChange={(value) => setSearch({ staffId: value })}
            clearable
            searchable
          />
        )}
        <Select
          size="xs"
          w={240}
          placeholder={say('screen.staff.audit.anything')}
          aria-label={say('screen.staff.audit.what')}
          data={actions.map((action) => ({ value: action, label: actionText(action) }))}
          value={search['action'] ?? null}
          onChange={(value) => setSearch({ action: value })}
          clearable
          searchable
        />
      </div>
      <Listed
        list={list}
        count={list.items.length}
        wait={<Wait rows={12} />}
        none={<Empty title={say('screen.staff.audit.none')} about={say('screen.staff.audit.none.about')} />}
      >
        <Rows
          items={list.items}
          keyOf={(item) => item.id}
          hrefOf={(item) => (item.customerId === null ? '/settings/audit' : `/customers/${item.customerId}`)}
          label={say('screen.staff.audit.title')}
          hasMore={list.hasMore}
          more={list.more}
          onOpen={(item) =>
            item.customerId === null ? setSearch({ action: item.action }) : setSearch({ customerId: item.customerId })
          }
          render={(item) => (
            <div className={classes.auditLine}>
              <span className="dim">
                <Ago at={item.at} />
              </span>
              <span className="cut">{item.staff?.name ?? item.key?.name ?? '—'}</span>
              <span className="cut">{actionText(item.action)}</span>
              <span className="cut mono dim">
                {item.customerId === null
                  ? detailText(item.detail)
                  : `${item.customerId.slice(-12)} ${detailText(item.detail)}`}
              </span>
              <span className="cut mono dim">{item.ip}</span>
            </div>
          )}
        />
      </Listed>
      {search['customerId'] !== undefined && (
        <div className={classes.tools}>
          <Go to={`/customers/${search['customerId']}`}>{say('screen.staff.audit.open')}</Go>
          <button type="button" className="dim" onClick={() => setSearch({ customerId: null })}>
            {say('screen.staff.audit.everybody')}
          </button>
        </div>
      )}
    </>
  );
}

const detailText = (detail: Audit['detail']): string =>
  Object.entries(detail)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
