import { Button } from '@mantine/core';
import { PageHead, tellDone, tellFailure, usePlace, useWords } from '@ruslo/ui';
import { IconLink } from '@tabler/icons-react';
import classes from './offer.module.css';
import { WhatIf } from './what-if.tsx';

/** Explains a price: a basket as it would be priced, with the reason of every rule. */
export default function BasketPage(): React.JSX.Element {
  const { say } = useWords();
  const { go } = usePlace();
  const share = (): void => {
    navigator.clipboard.writeText(location.href).then(() => tellDone(say('ui.copied')), tellFailure);
  };
  return (
    <div className={classes.page}>
      <PageHead title={say('screen.offer.try.title')} about={say('screen.offer.try.about')}>
        <Button variant="subtle" color="gray" onClick={() => go('/promotions')}>
          {say('screen.offer.title')}
        </Button>
        <Button variant="default" leftSection={<IconLink size={16} />} onClick={share}>
          {say('screen.offer.try.share')}
        </Button>
      </PageHead>
      <div className={classes.body}>
        <WhatIf />
      </div>
    </div>
  );
}
