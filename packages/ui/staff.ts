import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api, Problem } from './api.ts';

/** The signed-in member of staff, as `GET /v1/session` tells. */
export interface Session {
  readonly staff: {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly roles: readonly string[];
    readonly locale: string | null;
    readonly theme: string | null;
    readonly timeZone: string | null;
    readonly totp: boolean;
  };
  readonly permissions: readonly string[];
}

/** undefined while it loads, null when nobody is signed in. */
export function useSession(): { session: Session | null | undefined; error: Error | null; retry: () => void } {
  const query = useQuery({
    queryKey: ['session'],
    queryFn: async (): Promise<Session | null> => {
      try {
        return await api.get<Session>('/v1/session');
      } catch (error) {
        if (error instanceof Problem && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
  return {
    session: query.data,
    error: query.data === undefined ? query.error : null,
    retry: () => void query.refetch(),
  };
}

/** Whether the signed-in member of staff may do something. */
export function useCan(): (permission: string | undefined) => boolean {
  const { session } = useSession();
  return (permission) => permission === undefined || session?.permissions.includes(permission) === true;
}

export function useSaveProfile(): (
  patch: Partial<{ name: string; email: string; locale: string; theme: string; timeZone: string }>,
) => Promise<void> {
  const client = useQueryClient();
  return useCallback(
    async (patch) => {
      client.setQueryData<Session | null>(['session'], (old) =>
        old === null || old === undefined ? old : { ...old, staff: { ...old.staff, ...patch } },
      );
      await api.patch('/v1/session/profile', patch);
    },
    [client],
  );
}
