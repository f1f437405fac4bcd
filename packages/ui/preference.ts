import { useLocalStorage } from '@mantine/hooks';

/** Row height by choice: 36 px, or 44 px for those who like air. */
export function useRoomy(): [boolean, (roomy: boolean) => void] {
  const [value, set] = useLocalStorage<boolean>({
    key: 'ruslo.roomy',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  return [value, set];
}
