import { MultiSelect, NumberInput, Select, TextInput } from '@mantine/core';
import { api, FormDialog, tellDone, usePlace, useWords } from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { placeKinds, placeServices, type Place } from './model.ts';

const text = (form: FormData, name: string): string => {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
};

/** A new place, or what is known of one. */
export function PlaceForm({ place, onClose }: { place?: Place; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const { go } = usePlace();
  const client = useQueryClient();
  const submit = async (form: FormData): Promise<void> => {
    const body = {
      code: text(form, 'code'),
      name: text(form, 'name'),
      kind: text(form, 'kind'),
      city: text(form, 'city'),
      address: text(form, 'address'),
      lat: Number(text(form, 'lat').replace(',', '.')),
      lon: Number(text(form, 'lon').replace(',', '.')),
      timeZone: text(form, 'timeZone'),
      phone: text(form, 'phone') === '' ? null : text(form, 'phone'),
      services: text(form, 'services')
        .split(',')
        .filter((service) => service !== ''),
      prepMinutes: Number(text(form, 'prepMinutes')),
    };
    const saved =
      place === undefined
        ? await api.post<Place>('/v1/places', body)
        : await api.patch<Place>(`/v1/places/${place.id}`, body);
    await client.invalidateQueries({ queryKey: ['/v1/places'] });
    tellDone(say('screen.place.saved'));
    if (place === undefined) go(`/places/${saved.id}`, { keepSearch: true });
  };
  return (
    <FormDialog
      title={say(place === undefined ? 'screen.place.new' : 'screen.place.change')}
      act={say('ui.save')}
      submit={submit}
      onClose={onClose}
      size="lg"
    >
      <TextInput
        name="name"
        label={say('screen.place.name')}
        defaultValue={place?.name ?? ''}
        required
        data-autofocus
      />
      <TextInput name="code" label={say('screen.place.code')} defaultValue={place?.code ?? ''} required />
      <Select
        name="kind"
        label={say('screen.place.kind')}
        data={placeKinds.map((kind) => ({ value: kind, label: say(`screen.place.kind.${kind}`) }))}
        defaultValue={place?.kind ?? 'shop'}
        allowDeselect={false}
      />
      <TextInput name="city" label={say('screen.place.city')} defaultValue={place?.city ?? ''} required />
      <TextInput name="address" label={say('screen.place.address')} defaultValue={place?.address ?? ''} />
      <TextInput
        name="lat"
        label={say('screen.place.lat')}
        defaultValue={place?.lat ?? ''}
        required
        inputMode="decimal"
      />
      <TextInput
        name="lon"
        label={say('screen.place.lon')}
        defaultValue={place?.lon ?? ''}
        required
        inputMode="decimal"
      />
      <Select
        name="timeZone"
        searchable
        label={say('screen.place.zone')}
        data={Intl.supportedValuesOf('timeZone')}
        defaultValue={place?.timeZone ?? 'Europe/Moscow'}
        allowDeselect={false}
      />
      <TextInput name="phone" label={say('screen.place.phone')} defaultValue={place?.phone ?? ''} inputMode="tel" />
      <MultiSelect
        name="services"
        label={say('screen.place.services')}
        data={placeServices.map((service) => ({ value: service, label: say(`screen.place.service.${service}`) }))}
        defaultValue={[...(place?.services ?? ['sale', 'pickup', 'return'])]}
      />
      <NumberInput
        name="prepMinutes"
        label={say('screen.place.prep')}
        min={0}
        max={100_000}
        defaultValue={place?.prepMinutes ?? 60}
      />
    </FormDialog>
  );
}
