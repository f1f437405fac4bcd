import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

// Greys are slightly blue; light to dark. Text on them stays above 4.5:1.
const gray: MantineColorsTuple = [
  '#f6f8fa',
  '#eef1f5',
  '#e3e8ee',
  '#d3dae3',
  '#b9c3cf',
  '#8f9baa',
  '#66727f',
  '#4b5663',
  '#333d49',
  '#1c242e',
];
const dark: MantineColorsTuple = [
  '#dbe2ea',
  '#b6c0cc',
  '#98a4b2',
  '#6f7b8a',
  '#465160',
  '#2e3743',
  '#222a34',
  '#181f28',
  '#121820',
  '#0c1117',
];
const accent: MantineColorsTuple = [
  '#e9f2fc',
  '#d0e3f7',
  '#a6cbf1',
  '#7eb4f4',
  '#5aa2f5',
  '#2f80d9',
  '#1466c7',
  '#1059ae',
  '#0c4a92',
  '#083a75',
];

export const theme = createTheme({
  fontFamily: "'Golos Text Variable', 'Golos Text', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  headings: { fontFamily: "'Golos Text Variable', system-ui, sans-serif", fontWeight: '600' },
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '16px', sm: '20px', md: '20px', lg: '24px', xl: '28px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  defaultRadius: 'md',
  colors: { gray, dark, accent },
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.32,
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm', fw: 500 } },
    TextInput: { defaultProps: { size: 'sm' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', allowDeselect: false } },
    MultiSelect: { defaultProps: { size: 'sm' } },
    NumberInput: { defaultProps: { size: 'sm' } },
    Textarea: { defaultProps: { size: 'sm' } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false, multiline: true, maw: 360, fz: 12 } },
    Modal: {
      defaultProps: { yOffset: '12vh', transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.4 } },
      styles: { title: { fontWeight: 600, fontSize: 15 } },
    },
    Drawer: {
      defaultProps: {
        position: 'right',
        transitionProps: { duration: 120 },
        overlayProps: { backgroundOpacity: 0.3 },
      },
      styles: { title: { fontWeight: 600, fontSize: 15 } },
    },
    Menu: { defaultProps: { shadow: 'md', transitionProps: { duration: 80 } } },
    Popover: { defaultProps: { shadow: 'md', transitionProps: { duration: 80 } } },
    Badge: { defaultProps: { variant: 'light', size: 'sm', tt: 'none', fw: 500, fz: 11 } },
  },
});

export const resolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5b6774',
    '--mantine-color-error': '#c02b2b',
    '--mantine-color-accent-light-color': '#1059ae',
    '--mantine-color-teal-light-color': '#06664a',
    '--mantine-color-orange-light-color': '#8a4a00',
    '--mantine-color-placeholder': '#66727f',
  },
  dark: {
    '--mantine-color-body': '#10161d',
    '--mantine-color-dimmed': '#98a4b2',
    '--mantine-color-text': '#dbe2ea',
    '--mantine-color-error': '#ff8a80',
    '--mantine-color-accent-light-color': '#8dbdf8',
    '--mantine-color-red-light-color': '#ff8a80',
    '--mantine-color-placeholder': '#8593a2',
  },
});
