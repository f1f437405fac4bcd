/** The river in small, for places where nothing has come yet. */
export function RiverPicture(): React.JSX.Element {
  return (
    <svg width="180" height="72" viewBox="0 0 180 72" fill="none" strokeLinecap="round">
      <path d="M6 14C70 14 70 30 118 30H174" stroke="var(--channel-web)" strokeWidth="5" strokeOpacity="0.8" />
      <path d="M36 36H174" stroke="var(--channel-shop)" strokeWidth="5" strokeOpacity="0.8" />
      <path d="M6 58C64 58 70 42 118 42H174" stroke="var(--channel-call)" strokeWidth="5" strokeOpacity="0.8" />
    </svg>
  );
}
