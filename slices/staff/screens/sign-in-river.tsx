const strands: readonly (readonly [string, number, number, number])[] = [
  // channel, where it springs (x, y), width
  ['web', -20, 90, 16],
  ['messenger', 120, 210, 9],
  ['app', -20, 330, 20],
  ['shop', -20, 520, 26],
  ['call', 200, 660, 8],
  ['mail', -20, 770, 12],
];

/** The product's own picture, still: six strands that become one stream. */
export function River(): React.JSX.Element {
  let below = 360;
  return (
    <svg
      viewBox="0 0 900 860"
      preserveAspectRatio="xMinYMid slice"
      width="100%"
      height="100%"
      fill="none"
      strokeLinecap="round"
    >
      {strands.map(([channel, x, y, width]) => {
        const end = below + width / 2;
        below += width + 2;
        const bend = 300 + Math.abs(y - 430) * 0.35;
        return (
          <path
            key={channel}
            d={`M${String(x)} ${String(y)} C ${String(x + bend)} ${String(y)}, ${String(720 - bend * 0.7)} ${String(end)}, 720 ${String(end)} L 920 ${String(end)}`}
            stroke={`var(--channel-${channel})`}
            strokeWidth={width}
            strokeOpacity={0.85}
          />
        );
      })}
    </svg>
  );
}
