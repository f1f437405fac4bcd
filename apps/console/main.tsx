import '@fontsource-variable/golos-text';
import '@fontsource-variable/jetbrains-mono';
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import '@ruslo/ui/ui.css';
import { MantineProvider, localStorageColorSchemeManager } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { isLocale, openWords, resolver, ScreensContext, theme, tuneApi } from '@ruslo/ui';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { retryable } from './retry.ts';
import { makeRouter } from './router.tsx';
import { slices, wordLoaders } from './slices.ts';

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
// Dialogs lock scrolling by a style tag of a library below Mantine, which takes its nonce from here.
setNonce(nonce);

const stored = localStorage.getItem('ruslo.locale') ?? '';
const preferred = navigator.language.startsWith('en') ? 'en' : 'ru';
const locale = isLocale(stored) ? stored : preferred;
tuneApi({ locale });
await openWords(locale, wordLoaders);

const client = new QueryClient({
  defaultOptions: { queries: { staleTime: 15_000, retry: retryable, refetchOnWindowFocus: true } },
});
const router = makeRouter(slices);

const root = document.querySelector('#root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={resolver}
      getStyleNonce={() => nonce}
      defaultColorScheme="auto"
      colorSchemeManager={localStorageColorSchemeManager({ key: 'ruslo.theme' })}
    >
      <QueryClientProvider client={client}>
        <ScreensContext value={slices}>
          <Notifications position="bottom-right" limit={3} />
          <RouterProvider router={router} />
        </ScreensContext>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
