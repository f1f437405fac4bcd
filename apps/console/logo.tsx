/** The river: strands that join into one stream. */
export function Logo({ size = 24 }: { size?: number }): React.JSX.Element {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" strokeLinecap="round" aria-hidden>
      <path d="M3 6.5C12 6.5 13 13.2 21 13.2H29" stroke="var(--channel-web)" strokeWidth="3.4" />
      <path d="M3 16H29" stroke="var(--channel-shop)" strokeWidth="3.4" />
      <path d="M3 25.5C10 25.5 12 18.8 20 18.8H29" stroke="var(--channel-call)" strokeWidth="3.4" />
    </svg>
  );
}
