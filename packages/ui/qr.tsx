import { encode } from 'uqr';

/** A QR code drawn as one path, black on white in both themes, because cameras want it so. */
export function Qr({ text, size = 176, label }: { text: string; size?: number; label: string }): React.JSX.Element {
  const code = encode(text, { border: 2, ecc: 'M' });
  const path = code.data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${String(x)} ${String(y)}h1v1h-1z` : '')))
    .join('');
  return (
    <svg
      width={size}
      height={size}
      viewBox={`0 0 ${String(code.size)} ${String(code.size)}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <rect width={code.size} height={code.size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
