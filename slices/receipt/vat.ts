/** VAT rate of a line, as the catalogue has it; `none` = without VAT. */
export type Vat = 'none' | '0' | '5' | '7' | '10' | '20' | '22';
