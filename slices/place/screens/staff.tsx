import { ActionIcon } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { api, Part, Pick, tellDone, tellFailure, useCan, useWords } from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import classes from './place.module.css';

interface Member {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly blocked: boolean;
}

/** Who works at the place: desks and tills show them their own place first. */
export function Staff({ id, isMine }: { id: string; isMine: boolean }): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  // Names are for those who manage staff; others see how many there are.
  const mayName = useCan()('staff.manage');
  const [times, setTimes] = useState(0);
  const assigned =
    useQuery({
      queryKey: ['/v1/places', id, 'staff'],
      queryFn: ({ signal }) => api.get<{ items: { staffId: string }[] }>(`/v1/places/${id}/staff`, {}, signal),
    }).data?.items.map((one) => one.staffId) ?? [];
  const members =
    useQuery({
      queryKey: ['/v1/staff'],
      queryFn: ({ signal }) => api.get<{ items: Member[] }>('/v1/staff', {}, signal),
      enabled: mayName,
      staleTime: 60_000,
    }).data?.items ?? [];
  const put = async (staffIds: readonly string[]): Promise<void> => {
    await api.put(`/v1/places/${id}/staff`, { staffIds });
    await client.invalidateQueries({ queryKey: ['/v1/places', id, 'staff'] });
  };
  const change = (staffIds: readonly string[]): void => {
    const before = assigned;
    put(staffIds)
      .then(() => {
        setTimes((old) => old + 1);
        tellDone(say('screen.place.saved'), () => put(before));
      })
      .catch(tellFailure);
  };
  const nameOf = (staffId: string): string => members.find((one) => one.id === staffId)?.name ?? staffId.slice(0, 8);
  const find = (text: string): Promise<{ id: string; label: string; hint: string }[]> =>
    Promise.resolve(
      members
        .filter((one) => !one.blocked && !assigned.includes(one.id))
        .filter((one) => `${one.name} ${one.email}`.toLowerCase().includes(text.toLowerCase()))
        .map((one) => ({ id: one.id, label: one.name, hint: one.email })),
    );
  return (
    <Part title={say('screen.place.staff')}>
      {assigned.length === 0 ? (
        <p className="dim" style={{ margin: '0 0 8px' }}>
          {say('screen.place.staff.none')}
        </p>
      ) : mayName ? (
        <ul className={classes.staff}>
          {assigned.map((staffId) => (
            <li key={staffId}>
              {nameOf(staffId)}
              {isMine && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={say('screen.place.staff.remove', { name: nameOf(staffId) })}
                  onClick={() => change(assigned.filter((one) => one !== staffId))}
                >
                  <IconX size={16} />
                </ActionIcon>
              )}
            </li>
          ))}
        </ul>
      ) : (
        <span>{say('screen.place.staff.count', { count: assigned.length })}</span>
      )}
      {isMine && mayName && (
        <Pick
          key={`${String(times)} ${String(members.length)}`}
          of={`staff ${id} ${String(times)} ${String(members.length)}`}
          find={find}
          aria-label={say('screen.place.staff.add')}
          placeholder={say('screen.place.staff.add')}
          value={null}
          onChange={(one) => {
            if (one !== null) change([...assigned, one.id]);
          }}
        />
      )}
    </Part>
  );
}
