import type { Payment } from './ledger.ts';

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The bank's page of 3-D Secure: two buttons instead of a code. */
export function confirmPage(payment: Payment): string {
  const sum = `${(payment.amountMinor / 100).toFixed(2)} ${payment.currency}`;
  const body =
    payment.status === 'pending'
      ? `<p>${escape(sum)}</p>
<form method="post"><button name="answer" value="approve">Оплатить · Pay</button> <button name="answer" value="decline">Отказать · Decline</button></form>`
      : `<p>${escape(payment.status)}</p><p><a href="${escape(payment.returnUrl)}">Назад · Back</a></p>`;
  return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Лабораторный банк</title>
<style>body{font:18px system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.6rem 1rem}</style>
<h1>Лабораторный банк</h1>${body}`;
}
