import { Empty, Failing, Go, useWords } from '@ruslo/ui';

/** No such address. */
export function Missing(): React.JSX.Element {
  const { say } = useWords();
  return (
    <Empty title={say('shell.missing.title')} about={say('shell.missing.about')}>
      <Go to="/customers">{say('shell.missing.act')}</Go>
    </Empty>
  );
}

/** A page that broke: nothing typed elsewhere is lost, and it can be opened anew. */
export function Broken({ error, reset }: { error: unknown; reset: () => void }): React.JSX.Element {
  return <Failing error={error} retry={reset} />;
}
