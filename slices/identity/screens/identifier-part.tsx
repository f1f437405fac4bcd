import { Badge, Button, Tooltip } from '@mantine/core';
import { Ago, Code, Part, useCan, useFormat, useList, useWords } from '@ruslo/ui';
import {
  IconArchive,
  IconBarcode,
  IconBrandTelegram,
  IconBrandVk,
  IconBrandWhatsapp,
  IconBan,
  IconBellRinging,
  IconBrowser,
  IconCreditCard,
  IconDeviceMobile,
  IconFingerprint,
  IconHelpCircle,
  IconMail,
  IconMessageCircle,
  IconPhone,
  IconPlugConnected,
  IconShieldCheck,
  IconUsers,
  type Icon,
} from '@tabler/icons-react';
import { useState } from 'react';
import { identifierText, type Customer, type Identifier } from './model.ts';
import classes from './part.module.css';

const icons: Record<string, Icon> = {
  user_id: IconFingerprint,
  anonymous_id: IconBrowser,
  email: IconMail,
  phone: IconPhone,
  card: IconCreditCard,
  device: IconDeviceMobile,
  push_token: IconBellRinging,
  telegram: IconBrandTelegram,
  vk: IconBrandVk,
  whatsapp: IconBrandWhatsapp,
  max: IconMessageCircle,
  viber: IconMessageCircle,
};

const rank = [
  'phone',
  'email',
  'card',
  'user_id',
  'telegram',
  'vk',
  'max',
  'whatsapp',
  'viber',
  'external',
  'device',
  'push_token',
  'anonymous_id',
];
const rankOf = (each: Identifier): number => {
  const at = rank.indexOf(each.kind.split(':')[0] ?? '');
  return (at < 0 ? rank.length : at) + (each.state === 'active' ? 0 : 100);
};
const shownFirst = 7;

/** By what a person is known, and how well: each with its proof, when it was seen, and from where. */
export function Identifiers({ customer }: { customer: Customer }): React.JSX.Element {
  const { say } = useWords();
  const [all, setAll] = useState(false);
  const sources = useSourceNames();
  const sorted = customer.identifiers.toSorted(
    (a, b) => rankOf(a) - rankOf(b) || (a.lastSeenAt < b.lastSeenAt ? 1 : -1),
  );
  const shown = all ? sorted : sorted.slice(0, shownFirst);
  return (
    <Part title={say('screen.identity.identifiers', { count: customer.identifierCount })} flush>
      {sorted.length === 0 && <p className={classes.none}>{say('screen.identity.identifiers.none')}</p>}
      <ul className={classes.rows}>
        {shown.map((each) => (
          <Row
            key={`${each.kind} ${each.value} ${each.customerId}`}
            each={each}
            source={sources.get(each.sourceId ?? '')}
          />
        ))}
      </ul>
      {all && customer.identifierCount > sorted.length && (
        <p className={classes.none}>{say('screen.identity.identifiers.first')}</p>
      )}
      {sorted.length > shownFirst && (
        <Button variant="subtle" size="compact-sm" className={classes.moreButton ?? ''} onClick={() => setAll(!all)}>
          {all
            ? say('screen.identity.identifiers.fewer')
            : say('screen.identity.identifiers.more', { count: sorted.length - shownFirst })}
        </Button>
      )}
    </Part>
  );
}

/** Names of sources, for those who may see them. */
function useSourceNames(): ReadonlyMap<string, string> {
  const can = useCan();
  const list = useList<{ id: string; name: string }>('/v1/sources', {}, { enabled: can('source.read'), limit: 200 });
  return new Map(list.items.map((source) => [source.id, source.name]));
}

export function useKindName(): (kind: string) => string {
  const { say, has } = useWords();
  return (kind) => {
    if (kind.startsWith('external:'))
      return say('screen.identity.kind.external', { system: kind.slice('external:'.length) });
    return has(`screen.identity.kind.${kind}`) ? say(`screen.identity.kind.${kind}`) : kind;
  };
}

function Row({ each, source }: { each: Identifier; source: string | undefined }): React.JSX.Element {
  const kindName = useKindName();
  const Mark = icons[each.kind] ?? (each.kind.startsWith('external:') ? IconPlugConnected : IconBarcode);
  const text = identifierText(each.kind, each.value);
  const code = /_id$|token|device|external/.test(each.kind);
  return (
    <li className={classes.identifier} data-off={each.state !== 'active' || undefined}>
      <Mark size={16} stroke={1.6} className={classes.icon} aria-hidden />
      <div className={classes.value}>
        <span className="hidden-text">{kindName(each.kind)}</span>
        {code ? (
          <Code text={each.value} cut />
        ) : (
          <span className="cut" title={text}>
            {text}
          </span>
        )}
        <span className={classes.note}>
          {kindName(each.kind)} · <Ago at={each.lastSeenAt} />
        </span>
      </div>
      <Proof each={each} source={source} />
    </li>
  );
}

function Proof({ each, source }: { each: Identifier; source: string | undefined }): React.JSX.Element {
  const { say, has } = useWords();
  const format = useFormat();
  const state = each.state === 'active' ? each.proof : each.state;
  const looks = {
    proven: { color: 'teal', icon: IconShieldCheck },
    claimed: { color: 'gray', icon: IconHelpCircle },
    shared: { color: 'orange', icon: IconUsers },
    retired: { color: 'gray', icon: IconArchive },
    blocked: { color: 'red', icon: IconBan },
  }[state];
  const { how } = each;
  const label = (
    <div className={classes.tip}>
      <b>{say(`screen.identity.proof.${state}.about`)}</b>
      {how !== '' && <div>{has(`screen.identity.how.${how}`) ? say(`screen.identity.how.${how}`) : how}</div>}
      {source !== undefined && <div>{say('screen.identity.proof.source', { name: source })}</div>}
      <div>{say('screen.identity.proof.first', { when: format.date(each.firstSeenAt, 'exact') })}</div>
      <div>{say('screen.identity.proof.last', { when: format.date(each.lastSeenAt, 'exact') })}</div>
    </div>
  );
  return (
    <Tooltip label={label} position="left">
      <Badge
        className={classes.badge ?? ''}
        tabIndex={0}
        color={looks.color}
        leftSection={<looks.icon size={12} aria-hidden />}
      >
        {say(`screen.identity.proof.${state}`)}
      </Badge>
    </Tooltip>
  );
}
