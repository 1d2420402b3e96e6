// Line icons, 16 by 16, one path each.
const paths = {
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.5 10.500l3 3',
  pause: 'M5.5 3.500v9M10.5 3.500v9',
  play: 'M5 3.500v9l7-4.500z',
  moon: 'M13 9.700A5.5 5.5 0 0 1 6.3 3a5.5 5.5 0 1 0 6.7 6.700Z',
  sun: 'M8 5.300a2.7 2.7 0 1 0 0 5.400a2.7 2.7 0 1 0 0-5.400M8 1.500v1.300M8 13.200v1.300M1.5 8h1.300M13.2 8h1.300M3.4 3.400l.9.9M11.7 11.700l.9.9M3.4 12.600l.9-.9M11.7 4.300l.9-.9',
  help: 'M6 6a2 2 0 1 1 2.7 1.900c-.5.2-.7.5-.7 1v.6M8 12h.01',
  compare: 'M3 12V8M8 12V3M13 12V6',
  pin: 'm9.5 2.5 4 4-3 .8-2.7 2.7-.3 2.5-4-4 2.5-.3 2.7-2.700zM5.5 10.500l-3 3',
  download: 'M8 2.500v7M5 7l3 3 3-3M3 13h10',
  link: 'M6.5 9.500a2.5 2.5 0 0 0 3.6 0l2.2-2.200a2.5 2.5 0 1 0-3.6-3.600l-.6.6M9.5 6.500a2.5 2.5 0 0 0-3.6 0L3.7 8.700a2.5 2.5 0 1 0 3.6 3.600l.6-.6',
  trash: 'M3 4.500h10M6.5 4.500v-1.500h3v1.500M4.5 4.500l.6 8.500h5.800l.6-8.500M6.8 7v3.500M9.2 7v3.5',
  edit: 'M3 13l.6-2.7 7.2-7.2 2.1 2.1-7.2 7.200zM9.6 4.300l2.1 2.1',
  copy: 'M5.5 5.500v-3h8v8h-3M2.5 5.500h8v8h-8z',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3.5 8.500l3 3 6-7',
  cross: 'M4.5 4.500l7 7M11.5 4.500l-7 7',
  dash: 'M4.5 8h7',
  table: 'M2.5 3.500h11v9h-11zM2.5 6.500h11M6.5 6.500v6',
  plus: 'M8 3.500v9M3.5 8h9',
} as const;

export type IconName = keyof typeof paths;

export function Icon({name}: {name: IconName}) {
  return <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d={paths[name]} /></svg>;
}

export function Brand() {
  return (
    <svg viewBox="0 0 18 18" aria-hidden="true">
      <path d="M2 3v10.500A1.5 1.5 0 0 0 3.5 15H16" class="brand-axis" />
      <path d="M5 4.500c1.2 5.2 3.4 7 10.5 7.2" class="brand-curve" />
    </svg>
  );
}
