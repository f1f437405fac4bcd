import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The server writes a fresh nonce for each request in the place of this word.
  html: { cspNonce: '__NONCE__' },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: Number(process.env['CONSOLE_PORT'] ?? 5173),
    proxy: { '/v1': process.env['CONSOLE_API'] ?? 'http://127.0.0.1:4000' },
  },
});
