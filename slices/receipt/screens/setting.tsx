import { Button, Select, TextInput } from '@mantine/core';
import { api, Failing, PageHead, Part, tellDone, tellFailure, useWords, Wait } from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';

interface Setting {
  readonly taxSystem: number;
  readonly seller: string;
  readonly sellerInn: string;
  readonly site: string;
  readonly senderEmail: string;
  readonly timeZone: number;
  readonly giftCardMethod: number;
  readonly rounding: string;
}

const texts = ['seller', 'sellerInn', 'site', 'senderEmail'] as const;

/** How receipts are made out. */
export default function ReceiptSetting(): React.JSX.Element {
  const { say } = useWords();
  const found = useQuery({
    queryKey: ['/v1/receipt-setting'],
    queryFn: ({ signal }) => api.get<{ setting: Setting; version: number }>('/v1/receipt-setting', {}, signal),
  });
  if (found.error !== null) return <Failing error={found.error} retry={() => void found.refetch()} />;
  if (found.data === undefined) return <Wait />;
  const { setting, version } = found.data;
  const save = async (form: FormData): Promise<void> => {
    const text = (name: string): string => {
      const value = form.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    const next = {
      ...setting,
      ...Object.fromEntries(texts.map((name) => [name, text(name)])),
      taxSystem: Number(text('taxSystem')),
      giftCardMethod: Number(text('giftCardMethod')),
      rounding: text('rounding'),
    };
    await api.put('/v1/receipt-setting', { setting: next, version });
    await found.refetch();
    tellDone(say('screen.receipt.setting.saved'));
  };
  const choose = (name: 'taxSystem' | 'giftCardMethod' | 'rounding', options: readonly [string, string][]) => (
    <Select
      name={name}
      label={say(`screen.receipt.setting.${name}`)}
      defaultValue={String(setting[name])}
      data={options.map(([value, key]) => ({ value, label: say(`screen.receipt.setting.${key}`) }))}
      allowDeselect={false}
    />
  );
  return (
    <>
      <PageHead title={say('screen.receipt.setting.title')} about={say('screen.receipt.setting.about')} />
      <Part title={say('screen.receipt.setting.title')}>
        <form
          key={version}
          onSubmit={(event) => {
            event.preventDefault();
            save(new FormData(event.currentTarget)).catch(tellFailure);
          }}
        >
          {choose(
            'taxSystem',
            ['1', '2', '4', '16', '32'].map((value) => [value, `tax.${value}`]),
          )}
          {texts.map((name) => (
            <TextInput
              key={name}
              name={name}
              label={say(`screen.receipt.setting.${name}`)}
              defaultValue={setting[name]}
            />
          ))}
          {choose(
            'giftCardMethod',
            ['3', '2', '1'].map((value) => [value, `gift.${value}`]),
          )}
          {choose(
            'rounding',
            ['half-up', 'half-even'].map((value) => [value, `rounding.${value}`]),
          )}
          <Button type="submit" mt="md">
            {say('ui.save')}
          </Button>
        </form>
      </Part>
    </>
  );
}
